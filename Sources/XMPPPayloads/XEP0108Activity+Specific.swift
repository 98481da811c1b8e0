//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension UserActivity {
    /// The specific activities of XEP-0108 §3.
    package enum Specific: String, Sendable, CaseIterable {
        case atTheSpa = "at_the_spa"
        case brushingTeeth = "brushing_teeth"
        case buyingGroceries = "buying_groceries"
        case cleaning
        case coding
        case commuting
        case cooking
        case cycling
        case dancing
        case dayOff = "day_off"
        case doingMaintenance = "doing_maintenance"
        case doingTheDishes = "doing_the_dishes"
        case doingTheLaundry = "doing_the_laundry"
        case driving
        case fishing
        case gaming
        case gardening
        case gettingAHaircut = "getting_a_haircut"
        case goingOut = "going_out"
        case hangingOut = "hanging_out"
        case havingABeer = "having_a_beer"
        case havingASnack = "having_a_snack"
        case havingBreakfast = "having_breakfast"
        case havingCoffee = "having_coffee"
        case havingDinner = "having_dinner"
        case havingLunch = "having_lunch"
        case havingTea = "having_tea"
        case hiding
        case hiking
        case inACar = "in_a_car"
        case inAMeeting = "in_a_meeting"
        case inRealLife = "in_real_life"
        case jogging
        case onABus = "on_a_bus"
        case onAPlane = "on_a_plane"
        case onATrain = "on_a_train"
        case onATrip = "on_a_trip"
        case onThePhone = "on_the_phone"
        case onVacation = "on_vacation"
        case onVideoPhone = "on_video_phone"
        case other
        case partying
        case playingSports = "playing_sports"
        case praying
        case reading
        case rehearsing
        case running
        case runningAnErrand = "running_an_errand"
        case scheduledHoliday = "scheduled_holiday"
        case shaving
        case shopping
        case skiing
        case sleeping
        case smoking
        case socializing
        case studying
        case sunbathing
        case swimming
        case takingABath = "taking_a_bath"
        case takingAShower = "taking_a_shower"
        case thinking
        case walking
        case walkingTheDog = "walking_the_dog"
        case watchingAMovie = "watching_a_movie"
        case watchingTV = "watching_tv"
        case workingOut = "working_out"
        case writing
    }
}
